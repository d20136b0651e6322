"""How the understanding of texts is trained and measured: labelled messages, marks of fields, figures. Offline."""
