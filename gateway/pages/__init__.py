"""The public pages: the form, its confirmation, the number's page. They work without JavaScript and cookies."""
