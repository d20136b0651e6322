"""What every connector promises, whatever its channel; a connector describes itself by one `Case`."""
