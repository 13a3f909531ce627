"""`make bench`: prints what each unit of work costs the server, beside the target."""

import argparse

from benchmarks.first import run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="activities sent to the inbox")
    asked = parser.parse_args()
    print(f"{'what':<28}{'value':>9}      {'target':>8}  note")
    for figure in run(asked.count):
        sign = "ok" if figure.value <= figure.target else "OVER"
        print(
            f"{figure.what:<28}{figure.value:>9.3f} {figure.unit:<4} {figure.target:>8g}"
            f"  {sign:<5}{figure.note}"
        )


if __name__ == "__main__":
    main()
