"""The database: engines, column types, migrations."""
