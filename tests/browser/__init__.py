"""Tests in a real Chromium: what customers and operators see and do."""
