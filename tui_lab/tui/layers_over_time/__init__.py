"""The layers over time: lines, a heat map, and histograms."""
