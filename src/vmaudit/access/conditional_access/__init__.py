"""What Conditional Access asks of somebody who opens an app, in which circumstances, and where it leaves a gap."""
