"""How it is put together and run: command line, embedded platform, examples."""
