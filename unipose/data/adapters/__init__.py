"""Public datasets that people bring as their own copies, read into one value; nothing is shipped or downloaded."""
