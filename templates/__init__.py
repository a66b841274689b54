"""The shipped experiments, one TOML file each; `sheetgen.load_experiment` reads them by name."""
