"""How well people in photos are estimated and spoken of: imagined, rendered, real, and labelled by others."""
