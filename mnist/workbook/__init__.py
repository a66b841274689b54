"""A trained network as a workbook in which every activation is a live formula."""
