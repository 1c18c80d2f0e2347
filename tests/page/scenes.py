"""Made-up runs: each scene makes the status of a second, after docs/formats/run-status.md."""

import copy
import datetime
import json
import math
import pathlib
import random

EXAMPLE = json.loads(
    (pathlib.Path(__file__).resolve().parents[2] / "docs" / "formats" / "run-status.example.json").read_text()
)
BEGIN = datetime.datetime(2026, 3, 2, 8, 2, 10, tzinfo=datetime.timezone.utc)
FINAL = 12  # the second in which the run of `ended` ends


def time_text(moment):
    return moment.isoformat().replace("+00:00", "Z")


def wave(second, phase=0.0, depth=0.15):
    """About 1, as rates are."""
    noise = random.Random(second * 1000 + int(phase * 100)).uniform(-1, 1)
    return 1 + depth * (0.6 * math.sin(second / 40 + phase) + 0.4 * noise)


def running(second):
    """The example, going on: numbers grow, and rates are not quite even."""
    status = copy.deepcopy(EXAMPLE)
    now = BEGIN + datetime.timedelta(seconds=second)
    status["now"] = time_text(now)
    status["elapsed_seconds"] += second
    status["resident_bytes"] += int(6e7 * (1 - math.exp(-second / 300)) + 2e6 * wave(second, 9))
    status["items_in"] += 200500 * second
    status["items_out"] += 40100 * second
    status["items_in_per_second"] = 200500 * wave(second)
    status["items_out_per_second"] = 40100 * wave(second, 0.5)
    lag = 4 + 2.5 * wave(second, 3, 0.9)
    for number, step in enumerate(status["steps"]):
        step["items"] += int(step["items_per_second"] * second)
        step["items_per_second"] *= wave(second, number / 7)
        step["busy_share"] *= wave(second, number)
        if step["watermark"]:
            step["watermark"] = time_text(now - datetime.timedelta(seconds=lag))
        for worker, here in enumerate(step["workers"]):
            here["items"] += int(here["items_per_second"] * second)
            here["items_per_second"] *= wave(second, number + worker / 3)
            here["busy_share"] *= wave(second, number + worker)
        for number_of_partition, partition in enumerate(step["partitions"]):
            partition["watermark"] = time_text(now - datetime.timedelta(seconds=lag - 0.2 * number_of_partition))
            if not partition["ended"]:
                partition["progress"]["done"] = min(partition["progress"]["done"] + 90000 * second, 399000000)
    for number, worker in enumerate(status["workers"]):
        worker["waiting_for_input_share"] = min(
            max(worker["waiting_for_input_share"] * wave(second, number, 1.2), 0), 1
        )
        worker["waiting_for_room_share"] *= wave(second, number + 0.5, 2) ** 2
        worker["step"] = [0, 2, 3, None, 1][random.Random(second * 7 + number).randrange(5)]
    for number, edge in enumerate(status["edges"]):
        edge["bytes"] += int(edge["bytes_per_second"] * second)
        edge["bytes_per_second"] *= wave(second, number)
        edge["items_per_second"] = status["steps"][edge["to"]]["items_per_second"]
        if edge["buffers"]:
            edge["buffers_in_flight"] = round(edge["buffers_in_flight"] * wave(second, number, 0.9))
    epochs = status["epochs"]
    age = 3 + second
    epochs["open"] += age // 10
    epochs["committed"] = epochs["open"] - 1
    epochs["open_for_seconds"] = float(age % 10)
    epochs["last_took_seconds"] = 0.041 * wave(second, 5)
    epochs["snapshot_bytes"] = int(5120000 * wave(epochs["open"], 1))
    return status


def slow_sink(second):
    status = running(second)
    status["holds_back"] = '"out" on worker 1 takes 92 % of the time; the input waits for it'
    for number, worker in enumerate(status["workers"]):
        worker["waiting_for_room_share"] = 0.02 if number == 1 else 0.71 * wave(second, number, 0.1)
        worker["waiting_for_input_share"] = 0.03
        worker["step"] = 4 if number == 1 else None
    out = status["steps"][4]
    out["busy_share"] = 0.24
    out["workers"][1], out["workers"][0] = out["workers"][0], out["workers"][1]
    out["workers"][1]["busy_share"] = 0.92
    status["edges"][3].update(buffers_in_flight=64, held_bytes=811000)
    status["edges"][1].update(buffers_in_flight=round(52 * wave(second, 2, 0.2)))
    return status


def hot_key(second):
    status = running(second)
    status["holds_back"] = 'worker 2 has 71 % of the items of "sessionizer"; its keys are unevenly loaded'
    for number, worker in enumerate(status["workers"]):
        worker["waiting_for_input_share"] = 0.01 if number == 2 else 0.93
        worker["waiting_for_room_share"] = 0
    for number, here in enumerate(status["steps"][2]["workers"]):
        here["items_per_second"] = 142000 if number == 2 else 19000 + 500 * number
        here["busy_share"] = 0.9 if number == 2 else 0.05
    return status


def stalled(second):
    status = running(second)
    status["holds_back"] = (
        f'partition "events-2.jsonl" of "hits" on worker 2 has brought nothing for {40 + second} s and holds event time back by 38 s'
    )
    status["steps"][0]["partitions"][2]["silent_for_seconds"] = 40.0 + second
    return status


def no_answer(second):
    status = running(second)
    status["holds_back"] = f'worker 3 has not answered for {5 + second} s: the code of "figures" does not return'
    status["workers"][3].update(silent_for_seconds=5.0 + second, step=3)
    return status


def one_has_ended(second):
    status = running(second)
    status["holds_back"] = '"out" on worker 0 takes 92 % of the time; the input waits for it; worker 2 has ended'
    status["workers"][2].update(
        runtime_share=0,
        waiting_for_input_share=0,
        waiting_for_room_share=0,
        silent_for_seconds=0,
        step=None,
        ended=True,
    )
    for step in status["steps"]:
        step["workers"][2].update(items_per_second=0, busy_share=0)
    return status


def ended(second):
    status = running(min(second, FINAL))
    if second >= FINAL:
        status.update(phase="ended", holds_back="the run has ended")
    elif second >= FINAL - 3:
        status["phase"] = "stopping"
    return status


def wide(second):
    """Without what steps do on each worker, but for the first second and each fifth one."""
    status = running(second)
    if second % 5:
        for step in status["steps"]:
            step["workers"] = None
    return status


HOSTILE = [
    '<img src=x onerror="document.title=1">',
    "a\"b'c",
    "line\nfeed\r\n",
    "</script><script>alert(1)</script>",
    "\u202eright to left & x" * 20,
]


def hostile(second):
    status = running(second)
    status["dataflow"] = HOSTILE[3]
    status["holds_back"] = f'"{HOSTILE[0]}" takes 92 % of the time; the input waits for it'
    for step, name in zip(status["steps"], HOSTILE):
        step["id"] = name
        step["op"] = "<b>op</b>"
        step["counters"] = {"<i>late</i>": 3}
        step["metrics"] = [
            {
                "name": "<u>own</u>",
                "help": "<u>",
                "kind": "gauge",
                "count": None,
                "value": 0.5,
                "bounds": [],
                "buckets": [],
            },
            {
                "name": "seconds",
                "help": "",
                "kind": "histogram",
                "count": 100,
                "value": 12.5,
                "bounds": [0.1, 0.2, 1],
                "buckets": [50, 40, 9],
            },
        ]
    status["steps"][0]["partitions"][0]["name"] = HOSTILE[0]
    status["problems"] = HOSTILE
    return status


def bare(second):
    """Of an older or a younger weir: most members are not there."""
    return {
        "format": 1,
        "dataflow": "bare",
        "phase": "running",
        "now": time_text(BEGIN + datetime.timedelta(seconds=second)),
        "steps": [{"id": "in"}, {"id": "in.x", "metrics": {"hits": 5}}, {}],
        "edges": [{"from": 0, "to": 1}, {"from": 7, "to": 9}],
        "workers": [{}],
    }


def large_graph():
    """200 steps in groups of 5, some of them made of steps, with exchanges between them; 40 stages in 4 lanes."""
    steps, edges = [], []
    for number in range(200):
        group, place = divmod(number, 5)
        lane = group % 4
        name = f"lane{lane}_part{group // 4}" + (f".step{place}" if group % 3 == 0 else f"_step{place}")
        steps.append(
            {
                "id": name,
                "op": ["key_on", "reduce", "map", "filter", "flat_map"][place],
                "stage": group,
                "keyed": place == 0 and group >= 4,
            }
        )
        if place > 0:
            edges.append((number - 1, number, "call"))
        elif group >= 4:
            edges.append((number - 16, number, "exchange"))
            if group % 5 == 0:
                edges.append((max(number - 37, 4), number, "queue"))
    return steps, edges


LARGE = large_graph()


def large(second, workers=64):
    status = running(second)
    chance = random.Random(second)
    steps, edges = LARGE
    status["dataflow"] = "all_the_clicks"
    status["workers"] = [
        dict(
            status["workers"][0],
            waiting_for_input_share=chance.random() * 0.6,
            waiting_for_room_share=chance.random() * 0.3,
            step=chance.randrange(200),
        )
        for _ in range(workers)
    ]
    here = EXAMPLE["steps"][2]["workers"][0]
    status["steps"] = []
    for number, step in enumerate(steps):
        items = [int(100000 * second + 1000 * chance.random()) for _ in range(workers)]
        rates = [1000 + 1000 * chance.random() for _ in range(workers)]
        status["steps"].append(
            {
                "id": step["id"],
                "op": "input" if number < 20 and number % 5 == 0 else step["op"],
                "stage": step["stage"],
                "items": sum(items),
                "items_per_second": sum(rates),
                "keys_held": 1000 * number + second if step["keyed"] else 0,
                "state_bytes": 64000 * number + second if step["keyed"] else 0,
                "busy_seconds": 1.0 * second,
                "busy_share": chance.random() * (0.9 if number % 37 == 0 else 0.2),
                "watermark": time_text(BEGIN + datetime.timedelta(seconds=second - 4)),
                "counters": {"late_dropped": second} if step["keyed"] else {},
                "workers": [
                    dict(here, items=items[worker], items_per_second=rates[worker]) for worker in range(workers)
                ],
                "partitions": (
                    copy.deepcopy(EXAMPLE["steps"][0]["partitions"] * 4) if number < 20 and number % 5 == 0 else []
                ),
            }
        )
    status["edges"] = [
        dict(
            status["edges"][1],
            **{"from": one, "to": other},
            kind=kind,
            buffers=0 if kind == "call" else 4096,
            buffers_in_flight=0 if kind == "call" else chance.randrange(4096),
            items_per_second=status["steps"][other]["items_per_second"],
        )
        for one, other, kind in edges
    ]
    status["holds_back"] = (
        f'nothing holds it back: the workers are busy in equal parts ("lane0_part3.step2" {chance.randrange(20, 40)} %)'
    )
    return status


SHOP_STEPS = [  # id, operator, stage, items a second, part of the time, keys
    ("clicks", "input", 0, 200500, 0.21, 0),
    ("parse", "try_map", 0, 200500, 0.24, 0),
    ("distinct.key", "key_on", 0, 200400, 0.02, 0),
    ("distinct", "deduplicate_within", 1, 200400, 0.11, 912000),
    ("distinct.item", "key_rm", 1, 188200, 0.01, 0),
    ("by_user", "key_on", 1, 188200, 0.02, 0),
    ("orders", "input", 2, 1210, 0.01, 0),
    ("order_user", "key_on", 2, 1210, 0.002, 0),
    ("visits", "window", 3, 188200, 0.14, 326065),
    ("bought", "join_within", 4, 32400, 0.05, 88100),
    ("figures", "flat_map", 4, 1180, 0.01, 0),
    ("out.format", "format", 4, 1180, 0.004, 0),
    ("out", "output", 5, 1180, 0.006, 0),
    ("late", "output", 6, 12, 0.0004, 0),
    ("bad", "output", 7, 3, 0.0001, 0),
]
SHOP_EDGES = [  # from, to, kind
    (0, 1, "call"),
    (1, 2, "call"),
    (2, 3, "exchange"),
    (3, 4, "call"),
    (4, 5, "call"),
    (5, 8, "exchange"),
    (6, 7, "call"),
    (8, 9, "exchange"),
    (7, 9, "exchange"),
    (9, 10, "call"),
    (10, 11, "call"),
    (11, 12, "queue"),
    (8, 13, "exchange"),
    (1, 14, "queue"),
]


def shop(second):
    """Two inputs, a join, steps made of steps over several stages, side outputs."""
    status = running(second)
    status["dataflow"] = "shop"
    plain, keyed, partitions = EXAMPLE["steps"][3], EXAMPLE["steps"][2], status["steps"][0]["partitions"]
    status["steps"] = []
    for number, (name, operator, stage, rate, share, keys) in enumerate(SHOP_STEPS):
        step = copy.deepcopy(keyed if keys else plain)
        step.update(
            id=name,
            op=operator,
            stage=stage,
            items=rate * (130 + second),
            items_per_second=rate * wave(second, number),
            busy_share=share * wave(second, number),
            keys_held=keys,
            state_bytes=96 * keys,
            partitions=partitions if number == 0 else partitions[2:4] if number == 6 else [],
            watermark=time_text(BEGIN + datetime.timedelta(seconds=second - 4)) if keys else None,
            counters={"late_dropped": 12 * second} if name == "visits" else {},
        )
        for worker, here in enumerate(step["workers"]):
            here.update(
                items=rate * (130 + second) // 4,
                items_per_second=rate / 4 * wave(second, number + worker),
                busy_share=share * wave(second, number + worker),
                keys_held=keys // 4,
                state_bytes=24 * keys,
            )
        status["steps"].append(step)
    call, exchange = EXAMPLE["edges"][0], EXAMPLE["edges"][1]
    status["edges"] = []
    for number, (one, other, kind) in enumerate(SHOP_EDGES):
        edge = dict(call if kind == "call" else exchange, **{"from": one, "to": other}, kind=kind)
        edge["items_per_second"] = None if other == 9 else status["steps"][other]["items_per_second"]
        if kind != "call":
            edge.update(
                buffers_in_flight=round((4 + 3 * (number % 4)) * wave(second, number, 0.9)),
                held_bytes=0,
                bytes_per_second=37 * status["steps"][other]["items_per_second"],
            )
        status["edges"].append(edge)
    status["holds_back"] = (
        'nothing holds it back: the workers are busy for 81 % of the time, in equal parts ("parse" 24 %, "clicks" 21 %, "visits" 14 %)'
    )
    return status


SCENES = {
    scene.__name__: scene
    for scene in [running, slow_sink, hot_key, stalled, no_answer, ended, hostile, bare, shop, large]
}
