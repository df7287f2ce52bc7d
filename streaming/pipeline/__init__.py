"""From a stranger's file to HLS: probe, plan, encode, package, check. Knows files and processes, no tables."""
