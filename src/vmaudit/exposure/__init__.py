"""Who can reach: from the estate to paths with proof. Pure: no files, no clock, no connection."""
