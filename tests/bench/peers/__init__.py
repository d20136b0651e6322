"""The frameworks, each as its documentation shows it, run by the Python of `.venv-peers` without anything of ours."""
