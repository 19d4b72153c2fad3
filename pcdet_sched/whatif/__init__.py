"""What if: other hardware, a resume, another config beside this one, the same schedule elsewhere.

Each module answers one question with one frozen result and one function that makes it. None of them knows a page.
"""
