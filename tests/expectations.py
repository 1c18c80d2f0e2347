"""What a check expects, and what it did not find so."""

failures = []


def expect(what, found, expected=True):
    if found != expected:
        failures.append(what)
        print(f"{what}\n  expected: {expected!r}\n  found:    {found!r}")
