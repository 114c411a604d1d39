"""Telling people who are not watching that a run has ended, or stands still."""
