"""Everything that receives and shows: HTTP app, public pages, the one intake path."""
