"""Webhooks: whoever wants to know what becomes public has it sent to an address of their own.

Signed as Standard Webhooks says (https://www.standardwebhooks.com). ``announcing`` promises, ``sending`` keeps the
promise through ``reaching``, ``keeping`` is what owners do with their endpoints.
"""
