"""`make bench`: prints what each unit of work costs the server, beside the target."""

import argparse

from benchmarks import timelines
from benchmarks.first import run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--count", type=int, default=1_000, help="activities sent to the inbox")
    parser.add_argument("--posts", type=int, default=2_000, help="posts stored for the timelines")
    parser.add_argument("--only", choices=["first", "timelines"], help="leave the others out")
    asked = parser.parse_args()
    print(f"{'what':<28}{'value':>9}      {'target':>8}  note")
    figures = [] if asked.only == "timelines" else run(asked.count)
    if asked.only != "first":
        figures += timelines.run(asked.posts)
    for figure in figures:
        sign = "ok" if figure.value <= figure.target else "OVER"
        print(
            f"{figure.what:<28}{figure.value:>9.3f} {figure.unit:<4} {figure.target:>8g}"
            f"  {sign:<5}{figure.note}"
        )


if __name__ == "__main__":
    main()
