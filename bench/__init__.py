"""What ``make bench`` measures: each figure is a ratio to a limit that is measured in the same run."""
