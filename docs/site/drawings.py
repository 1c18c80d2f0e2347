"""Draws what the pages have in Mermaid: flowcharts by Graphviz, sequences of messages by itself.

It knows the part of Mermaid that the pages use, and fails at a line that it does not know.
"""
import html
import re
import subprocess
import sys
import textwrap


def svg(page, lines):
    """The drawing as SVG, in the colours of the text around it."""
    first, *rest = (line.strip() for line in lines if line.strip())
    try:
        if first.startswith("flowchart "):
            return framed(flowchart(first.split()[1], rest))
        if first == "sequenceDiagram":
            return framed(sequence(rest))
        raise ValueError(first)
    except ValueError as error:
        sys.exit(f'docs/site/drawings.py: {page}: does not know "{error}" in a drawing')


def framed(drawing):
    return f'<figure class="drawing">{drawing}</figure>'


# Flowcharts

NODE = re.compile(r'\s*(\w+)(?:\["([^"]*)"\])?')
LINK = re.compile(r'\s*(?:-->\|"([^"]*)"\||-- "([^"]*)" -->|-->)')


def wrapped(text, width):
    return textwrap.wrap(text, max(8, int(width)), break_long_words=False, break_on_hyphens=False)


def label(text, width):
    """Of several lines the first, in bold, names what the others explain."""
    parts = [wrapped(part, width) for part in text.split("<br/>")]
    rows = [[html.escape(row) for row in part] for part in parts]
    if len(rows) > 1:
        rows[0] = [f"<b>{row}</b>" for row in rows[0]]
    return "<" + "<br/>".join(row for part in rows for row in part) + ">"


def flowchart(direction, lines):
    dot = [
        f"digraph {{ rankdir={direction}; bgcolor=transparent; nodesep=0.25; ranksep=0.4;",
        'node [shape=box, style=rounded, fontname="Helvetica", fontsize=12, margin="0.12,0.07"];',
        'edge [fontname="Helvetica", fontsize=11, arrowsize=0.7];',
    ]
    for line in lines:
        group = re.fullmatch(r'subgraph (\w+)\["([^"]*)"\]', line)
        if group:
            dot.append(f'subgraph cluster_{group[1]} {{ label={label(group[2], 40)}; labelloc=b; labeljust=l; '
                       'fontname="Helvetica"; fontsize=12; style="rounded,dashed";')
        elif line == "end":
            dot.append("}")
        else:
            dot += chain(line)
    dot.append("}")
    drawn = subprocess.run(["dot", "-Tsvg"], input="\n".join(dot), capture_output=True, text=True, check=True).stdout
    drawn = drawn[drawn.index("<svg"):]
    drawn = re.sub(r"<!--.*?-->|<title>.*?</title>", "", drawn, flags=re.DOTALL)
    drawn = drawn.replace('"black"', '"currentColor"').replace("\n", "")
    drawn = drawn.replace(' xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    return drawn.replace("<svg ", '<svg fill="currentColor" ', 1)


def chain(line):
    """Nodes with links between them: a["text"] --> b -- "text" --> c."""
    found = NODE.match(line)
    if not found:
        raise ValueError(line)
    statements = [node(found)]
    while found.end() < len(line):
        link = LINK.match(line, found.end())
        following = link and NODE.match(line, link.end())
        if not following:
            raise ValueError(line)
        text = link[1] or link[2]
        statements.append(node(following))
        statements.append(f"{found[1]} -> {following[1]}" + (f" [label={label(text, 22)}]" if text else ""))
        found = following
    return statements


def node(found):
    return f"{found[1]} [label={label(found[2], 34)}]" if found[2] else found[1]


# Sequences of messages

COLUMN = 158  # between two participants
LETTER = 6.1  # the mean width of a letter
LINE = 15


def sequence(lines):
    names, messages = {}, []
    for line in lines:
        participant = re.fullmatch(r"participant (\w+) as (.+)", line)
        message = re.fullmatch(r"(\w+)(-?->>)(\w+): (.+)", line)
        note = re.fullmatch(r"Note over (\w+),(\w+): (.+)", line)
        if participant:
            names[participant[1]] = participant[2]
        elif message and {message[1], message[3]} <= names.keys():
            messages.append((message[1], message[3], message[4], message[2] == "-->>"))
        elif note:
            messages.append((note[1], note[2], note[3], None))
        else:
            raise ValueError(line)
    middles = {name: COLUMN * (number + 0.5) for number, name in enumerate(names)}
    top, heads = 8, []
    tallest = max(len(wrapped(text, 22)) for text in names.values())
    for name, text in names.items():
        heads.append(box(middles[name] - 70, top, 140, tallest * LINE + 12, wrapped(text, 22)))
    y = top + tallest * LINE + 12
    bottom_of_heads, parts = y, []
    y += 10
    for start, end, text, dashed in messages:
        drawn, y = one(middles[start], middles[end], text, dashed, y)
        parts += drawn
    life = [f'<line class="life" x1="{x}" y1="{bottom_of_heads}" x2="{x}" y2="{y + 8}"/>' for x in middles.values()]
    last = max(middles.values())
    has_loop = any(start == end and middles[start] == last for start, end, _, _ in messages)
    beside = COLUMN * 0.8 if has_loop else 0
    width, height = last + COLUMN / 2 + beside, y + 16
    return (f'<svg class="sequence" width="{width:g}" height="{height}" viewBox="0 0 {width:g} {height}" role="img" '
            'fill="currentColor" font-family="Helvetica, Arial, sans-serif" font-size="12">'
            + "".join(life + heads + parts) + "</svg>")


def one(start, end, text, dashed, y):
    """A message or a note from the height y on, and the height of its lower end."""
    if dashed is None:
        left, right = min(start, end) - 60, max(start, end) + 60
        rows = wrapped(text, (right - left - 12) / LETTER)
        return [box(left, y + 4, right - left, len(rows) * LINE + 10, rows)], y + len(rows) * LINE + 20
    style = ' stroke-dasharray="5 4"' if dashed else ""
    if start == end:
        rows = wrapped(text, COLUMN * 1.25 / LETTER)
        drawn = lettering(start + 8, y, rows, "start")
        y += len(rows) * LINE + 4
        drawn.append(f'<path class="arrow"{style} d="M{start} {y} h26 v12 h-24"/>' + head(start, y + 12, -1))
        return drawn, y + 20
    rows = wrapped(text, (abs(end - start) - 16) / LETTER)
    drawn = lettering((start + end) / 2, y, rows, "middle")
    y += len(rows) * LINE + 6
    drawn.append(f'<line class="arrow"{style} x1="{start}" y1="{y}" x2="{end}" y2="{y}"/>')
    drawn.append(head(end, y, 1 if end > start else -1))
    return drawn, y + 8


def head(x, y, way):
    return f'<path d="M{x} {y} l{-8 * way} -4 v8 z"/>'


def box(x, y, width, height, rows):
    texts = lettering(x + width / 2, y + (height - len(rows) * LINE) / 2, rows, "middle")
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5"/>' + "".join(texts)


def lettering(x, y, rows, anchor):
    return [
        f'<text x="{x}" y="{y + LINE * (number + 0.8):g}" text-anchor="{anchor}">{html.escape(row)}</text>'
        for number, row in enumerate(rows)
    ]
