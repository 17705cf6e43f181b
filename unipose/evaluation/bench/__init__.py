"""Speed and memory: the network's passes, batches, answers, and how near they come to what the machine can do."""
