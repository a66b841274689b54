"""XlsxWriter's classes for annotations: without a py.typed of its own, type checkers would know nothing of them."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    class _Undeclared:
        def __getattr__(self, name: str) -> Any: ...  # noqa: ANN401

    class Chart(_Undeclared):
        """A chart, with the inner lists that `blueprint` empties, and what a workbook sets in a chart of its own."""

        axis_ids: list[object]
        axis2_ids: list[object]
        formula_data: list[object]
        embedded: bool
        date_1904: bool
        remove_timezone: bool

        def __init__(self, options: dict[str, object]) -> None: ...

    class ChartScatter(Chart):
        """A chart of points and lines."""

    class Format(_Undeclared):
        """The look of cells."""

    class Packager(_Undeclared):
        """Writes the parts of a workbook, with the inner method that `sealing_packager` changes."""

        def _create_package(self) -> list[tuple[str, str, bool]]: ...

    class Workbook(_Undeclared):
        """A workbook that is being written."""

        def __init__(self, filename: object = None, options: dict[str, Any] | None = None) -> None: ...

    class Worksheet(_Undeclared):
        """A sheet of it, with the inner methods that `streamed_sheet` changes."""

        def _xml_formula_element(
            self, formula: str, result: object, attributes: Sequence[tuple[str, object]] = ()
        ) -> None: ...
        def _write_dimension(self) -> None: ...
        def _write_rows(self) -> None: ...

else:
    from xlsxwriter.chart import Chart
    from xlsxwriter.chart_scatter import ChartScatter
    from xlsxwriter.format import Format
    from xlsxwriter.packager import Packager
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["Chart", "Format", "Packager", "UnbrokenScatter", "Workbook", "Worksheet"]


class UnbrokenScatter(ChartScatter):
    """A scatter chart whose texts keep to one line each; LibreOffice breaks long labels otherwise."""

    def _write_a_body_pr(self, *_: object) -> None:
        self._xml_empty_tag("a:bodyPr", [("wrap", "none")])
