"""The one origin that people and programs see: page, REST API and mails."""
