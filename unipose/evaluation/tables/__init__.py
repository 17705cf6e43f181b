"""The paper's tables, a task a module: what is asked, who answers, and the figures of each."""
