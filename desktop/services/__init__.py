"""What the console does: connect, keep what is shown exact, give commands. Asynchronous, and without Qt.

Services live on one asyncio thread and change the models only through the `post` they are given.
"""
