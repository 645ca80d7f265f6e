"""Take in files that people already have: Azure resources as az, ARM and Resource Graph print them."""
