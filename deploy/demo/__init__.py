"""Sample deliveries that `make run` feeds: three posts and three mails, in Chinese and English."""
