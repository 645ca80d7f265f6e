"""Who may act on a machine: roles, people and doors become grants, shared by all machines in the same situation."""
