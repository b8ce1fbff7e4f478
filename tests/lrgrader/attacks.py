"""Hostile answers: what each tries stands in its name. None may earn a point, harm the grader or outlive its turn.

Code that tries to reach something prints LEAK when it does, through a public check, whose output the grader shows.
"""

WIRE = """
import json, os, stat, struct, sys

def lines():
    found = []
    for n in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(n).st_mode): found.append(n)
        except OSError: pass
    return found

def raw(data):
    for fd in lines():
        os.write(fd, data)

def frame(head, body=b""):
    packed = head if isinstance(head, bytes) else json.dumps(head).encode()
    return struct.pack("<II", len(packed), len(body)) + packed + body

def ticket():
    at = sys._getframe()
    while at:
        for value in list(at.f_locals.values()):
            if isinstance(value, dict) and "ticket" in value:
                return value["ticket"]
        at = at.f_back

def answer(head, body=b""):
    raw(frame({**head, "ticket": ticket()}, body))
"""

# The score

SCORE = {
    "numpy is patched so that everything is close": """
np.isclose = np.allclose = np.array_equal = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
def double(x): return None
""",
    "builtins are patched": """
import builtins
builtins.abs = builtins.all = builtins.any = lambda *a: True
builtins.isinstance = lambda *a: True
def double(x): return 0
""",
    "an object that equals everything": """
class Equal:
    def __eq__(self, other): return True
    __ne__ = lambda self, other: False
    __hash__ = None
def double(x): return Equal()
""",
    "an array that lies when it is looked at": """
class Liar:
    shape, dtype, ndim = (3, 4), np.dtype(float), 2
    def __array__(self, *a, **k): return np.full((3, 4), np.nan)
    def __float__(self): return 2.0
def double(x): return Liar()
""",
    "a subclass of arrays with its own comparisons": """
class Sly(np.ndarray):
    def __eq__(self, other): return np.ones(self.shape, bool)
    def __array_ufunc__(self, *a, **k): return np.ones(self.shape, bool)
    def __array_function__(self, *a, **k): return True
def double(x): return np.zeros(np.shape(x)).view(Sly)
""",
    "a float with its own arithmetic": """
class Number(float):
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__
    def __eq__(self, other): return True
def double(x): return Number(0)
""",
    "the expected value is looked for in the frames": """
import sys
def double(x):
    at = sys._getframe()
    while at:
        for name in ("expected", "key", "reference", "outcome", "points"):
            if name in at.f_locals or name in at.f_globals: print("LEAK", name)
        at = at.f_back
""",
    "the expected value is looked for in all objects": """
import gc
def double(x):
    for thing in gc.get_objects():
        if type(thing).__name__ in ("Check", "Key", "Assignment", "Outcome"): print("LEAK", thing)
""",
    "the grader is imported": """
def double(x):
    try:
        import lrgrader.grading; print("LEAK")
    except ImportError: print("blocked")
""",
    "the worker's own functions are patched": """
import sys
worker = sys.modules.get("worker") or sys.modules.get("__main__")
wire = sys.modules["lrgrader.wire"]
wire.encode = lambda value, blobs, depth=0: {"v": True}
wire.DTYPES = frozenset(["object"])
def double(x): return 0
""",
    "a reply says how many points it is worth": WIRE
    + """
def double(x):
    answer({"value": {"v": 0}, "points": 99, "score": 99, "passed": True, "why": "", "ok": True})
""",
    "replies are written before they are asked for": WIRE
    + """
raw(frame({"value": {"v": 2.0}, "ticket": "0"}) * 5)
def double(x): return 0
""",
    "an old reply is sent again": WIRE
    + """
old = []
def double(x):
    old.append(ticket())
    raw(frame({"value": {"v": 0}, "ticket": old[0]}) * 3)
""",
    "True in place of an answer": "def double(x): return True",
    "a text that says passed": "def double(x): return 'passed'",
    "the arguments are made equal to anything": """
def double(x):
    x[...] = 0
    return x
""",
    "a public check is rewritten": """
assert True, "double(1) should be 2"
def double(x): return np.array(3.0)
""",
    "not a number": "def double(x): return np.full(np.shape(x), np.nan)",
}

# The end of the process, and time

PROCESS = {
    "os._exit while the notebook is loaded": "import os\nos._exit(0)",
    "os._exit in the call": "import os\ndef double(x): os._exit(0)",
    "SystemExit": "import sys\ndef double(x): sys.exit(0)",
    "KeyboardInterrupt": "def double(x): raise KeyboardInterrupt",
    "every process that can be seen is killed": """
import os, signal
def double(x):
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid(): print("LEAK sees", name)
    for pid in (1, 2, 3, 4, os.getppid(), -1):
        try: os.kill(pid, signal.SIGKILL)
        except OSError: pass
""",
    "a segmentation fault": "import ctypes\ndef double(x): ctypes.string_at(1)",
    "abort": "import os\ndef double(x): os.abort()",
    "recursion until the stack ends": """
import sys
sys.setrecursionlimit(10**8)
def double(x): return double(x)
""",
    "an endless loop while the notebook is loaded": "while True: pass",
    "an endless loop in the call": "def double(x):\n    while True: pass",
    "an endless loop that nothing interrupts": """
import signal
def double(x):
    signal.setitimer(signal.ITIMER_REAL, 0)
    for n in range(1, 65):
        try: signal.signal(n, signal.SIG_IGN)
        except (OSError, ValueError): pass
    while True:
        try:
            while True: pass
        except BaseException: pass
""",
    "an endless loop in C": "def double(x): return sum(iter(int, 1))",
    "an endless loop while the answer is packed": """
class Slow(dict):
    def items(self):
        while True: yield "a", 1
def double(x): return Slow()
""",
    "an endless loop while the error is put into words": """
class Odd(Exception):
    def __str__(self):
        while True: pass
def double(x): raise Odd
""",
    "sleep": "import time\ndef double(x): time.sleep(10**6)",
    "locked in a lock": "import threading\ndef double(x):\n    l = threading.Lock(); l.acquire(); l.acquire()",
    "half a reply, then nothing": WIRE
    + """
import time
def double(x):
    raw(struct.pack("<II", 1000, 0) + b"{")
    time.sleep(10**6)
""",
    "a reply drop by drop": WIRE
    + """
import time
def double(x):
    raw(struct.pack("<II", 100000, 0))
    while True:
        raw(b" "); time.sleep(0.05)
""",
}

# Too much of everything

FLOODS = {
    "a fork bomb": """
import os
def double(x):
    while True:
        try: os.fork()
        except OSError: pass
""",
    "a bomb of threads": """
import threading, time
def double(x):
    while True:
        try: threading.Thread(target=time.sleep, args=(60,)).start()
        except RuntimeError: break
""",
    "processes that want to live on": """
import os, time
def double(x):
    for _ in range(3):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(600)
            os._exit(0)
""",
    "zombies": """
import os
def double(x):
    for _ in range(200):
        if os.fork() == 0: os._exit(0)
""",
    "memory in one process": "def double(x):\n    kept = []\n    while True: kept.append(bytearray(1 << 24))",
    "one array that is too large": "def double(x): return np.ones(10**11)",
    "memory in many processes": """
import os, time
def double(x):
    for _ in range(8):
        if os.fork() == 0:
            kept = bytearray(100 << 20)
            for place in range(0, len(kept), 4096): kept[place] = 1
            time.sleep(60)
    time.sleep(60)
""",
    "the disk": """
def double(x):
    written = 0
    for folder in ("/tmp", "/dev/shm"):
        try:
            for n in range(10**6):
                with open(f"{folder}/{n}", "wb") as f: f.write(bytes(1 << 20)); written += 1
        except OSError: pass
    if written > 64: print("LEAK", written)
""",
    "output": "def double(x):\n    while True: print('a' * 10000)",
    "output past Python": """
import os
def double(x):
    for _ in range(10000): os.write(1, b"a" * 10000); os.write(2, b"a" * 10000)
""",
    "open files": "def double(x):\n    kept = [open('/dev/null') for _ in range(10**6)]",
}

FLOODS |= {
    "memory in shared mappings": """
import mmap, os, time
def double(x):
    for _ in range(10):
        if os.fork() == 0:
            kept = mmap.mmap(-1, 100 << 20)
            for place in range(0, len(kept), 4096): kept[place] = 1
            time.sleep(60)
    time.sleep(0.9); print("LEAK")
""",
    "memory in many programs": """
import subprocess, sys, time
def double(x):
    code = "import time; kept = bytearray(b'1') * (60 << 20); time.sleep(60)"
    kept = [subprocess.Popen([sys.executable, "-S", "-c", code]) for _ in range(12)]
    time.sleep(0.9); print("LEAK")
""",
    "memory in the buffers of sockets": """
import socket
def double(x):
    kept = 0
    for _ in range(20):
        try: one, two = socket.socketpair()
        except OSError: return
        one.setblocking(False)
        try:
            while True: kept += one.send(bytes(100000))
        except OSError: pass
    print("LEAK", kept)
""",
    "files without number": """
def double(x):
    made = 0
    try:
        for n in range(100000): open(f"/tmp/{n}", "w").close(); made += 1
    except OSError: pass
    if made > 10000: print("LEAK", made)
""",
    "contexts of asynchronous input and output": """
import ctypes, platform
def double(x):
    libc = ctypes.CDLL(None, use_errno=True)
    context = ctypes.c_ulong(0)
    number = 0 if platform.machine() == "aarch64" else 206
    if libc.syscall(number, 1000, ctypes.byref(context)) == 0: print("LEAK")
""",
    "processes that keep all processors busy": """
import os
for _ in range(28):
    if os.fork() == 0:
        os.setsid()
        while True: pass
def double(x): return 0
""",
}

# Answers that are not answers

ANSWERS = {
    "a hundred megabytes": "def double(x): return np.zeros(100 << 20, np.uint8)",
    "a list in itself": "def double(x):\n    kept = []; kept.append(kept); return kept",
    "a list nested a thousand deep": """
def double(x):
    kept = 0
    for _ in range(1000): kept = [kept]
    return kept
""",
    "a number of a million digits": "def double(x): return 10**1000000",
    "halves of characters": "def double(x): return '\\ud800\\x00\\x1b[31m'",
    "an object that runs when it is unpickled": """
class Bomb:
    def __reduce__(self): return print, ("LEAK",)
def double(x): return Bomb()
""",
    "an array of objects": "def double(x): return np.array([object()] * 12).reshape(3, 4)",
    "a head that is not JSON": WIRE + "def double(x): raw(frame(b'{'))",
    "a head nested a hundred thousand deep": WIRE + "def double(x): raw(frame(b'[' * 100000))",
    "a head that is a list": WIRE + "def double(x): raw(frame(b'[1]'))",
    "a frame that says four gigabytes": WIRE + "def double(x): raw(struct.pack('<II', 2**32 - 1, 2**32 - 1))",
    "a shape that is larger than its bytes": WIRE
    + """
def double(x): answer({"value": {"array": ["float64", [1000000], 8]}}, bytes(8))
""",
    "a shape of negative sizes": WIRE
    + """
def double(x): answer({"value": {"array": ["float64", [-1, -1], 8]}}, bytes(8))
""",
    "a shape without end times nothing": WIRE
    + """
def double(x): answer({"value": {"array": ["float64", [0, 2**62], 0]}})
""",
    "a dtype of objects": WIRE
    + """
def double(x): answer({"value": {"array": ["object", [1], 8]}}, b"A" * 8)
""",
    "a dtype that is a list": WIRE
    + """
def double(x): answer({"value": {"array": [["a", "b"], [1], 8]}}, bytes(8))
""",
    "more bytes than the frame has": WIRE
    + """
def double(x): answer({"value": {"array": ["float64", [1], 10**15]}}, bytes(8))
""",
    "booleans that are neither": WIRE
    + """
def double(x): answer({"value": {"array": ["bool", [3, 4], 12]}}, b"\\x07" * 12)
""",
    "code in place of a value": WIRE
    + """
def double(x): answer({"value": {"code": "print('LEAK')"}})
""",
    "fields of the wrong kind": WIRE
    + """
def double(x): answer({"error": ["raised"], "type": {"a": 1}, "words": 7, "line": "x", "printed": [1]})
""",
    "rubbish": WIRE + "def double(x): raw(os.urandom(100000))",
}

ANSWERS |= {
    "a kind of error that is a list": WIRE + "def double(x): answer({'error': ['raised'], 'type': ['x']})",
    "a name of an error that is a list": WIRE
    + "def double(x): answer({'error': 'raised', 'type': ['ValueError'], 'words': ''})",
    "a line of four thousand digits": WIRE
    + """
def double(x):
    packed = json.dumps({"error": "raised", "type": "ValueError", "words": "", "ticket": ticket(), "line": 0})
    raw(frame(packed.replace('"line": 0', '"line": ' + "9" * 4300).encode()))
""",
    "a shape whose sides overflow": WIRE
    + """
def double(x): answer({"value": {"array": ["float64", [0] + [1 << 24] * 7, 0]}})
""",
    "a set of lists": WIRE + "def double(x): answer({'value': {'s': [{'l': []}, {'l': []}]}})",
    "a table without columns": WIRE + "def double(x): answer({'value': {'table': [{'v': 1}, [['a']]]}})",
    "an answer and an error": WIRE + "def double(x): answer({'value': {'v': 2.0}, 'error': 'time'})",
    "a problem of four thousand digits": WIRE
    + """
class Late:
    def __del__(self): pass
import threading
packed = json.dumps({"problems": [[0, "ValueError", "x"]], "names": ["double"], "ticket": ticket()})
raw(frame(packed.replace("[[0,", "[[" + "9" * 4300 + ",").encode()))
""",
}

# What lies around

REACH = {
    "the network": """
import socket
def double(x):
    for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, 40):
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
            try: socket.socket(family, kind); print("LEAK", family)
            except OSError: print("blocked")
""",
    "files of the machine": """
import os
def double(x):
    for path in ("/etc/passwd", "/etc/shadow", "/etc/hosts", "/home", "/var", "/mnt", "/run", "/work", "/opt",
                 "/grader/checks.py", "/grader/grading.py", "/dev/mem", "/dev/vda"):
        if os.path.exists(path): print("LEAK", path)
    for root, folders, _ in os.walk("/sys"):  # nothing but the settings of huge pages
        known = "/sys/kernel/mm/transparent_hugepage"
        if not (known + "/").startswith(root + "/") and not root.startswith(known): print("LEAK", root)
    try: open("/sys/kernel/mm/transparent_hugepage/enabled", "w"); print("LEAK writable")
    except OSError: pass
    for path in HIDDEN:
        try: os.stat(path); print("LEAK", path)
        except OSError: print("blocked")
""",
    "the environment": """
import os
def double(x):
    everything = str(os.environ) + open("/proc/self/environ").read()
    print("LEAK" if "PLANTED_SECRET" in everything else "blocked")
""",
    "the fork server": """
import os
def double(x):
    seen = [n for n in os.listdir("/proc") if n.isdigit()]
    print("LEAK" if seen != [str(os.getpid())] else "blocked")
    try: open("/proc/1/mem", "rb").read(1)
    except OSError: print("blocked")
""",
    "the disk, to change it": """
import os, sysconfig
def double(x):
    worker = "/grader/code/inside/worker.py"
    for path in (np.__file__, "/usr/bin/python3", worker, "/new", "/dev/new", "/proc/sys/kernel/panic"):
        try: open(path, "a"); print("LEAK", path)
        except OSError: print("blocked")
""",
    "privileges": """
import ctypes, os
def double(x):
    for what in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.chroot("/tmp"),
                 lambda: os.nice(-5), lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(254, 0))):
        try: what(); print("LEAK")
        except OSError: print("blocked")
    status = open("/proc/self/status").read()
    for line in ("CapEff:\\t0000000000000000", "CapBnd:\\t0000000000000000", "NoNewPrivs:\\t1", "Seccomp:\\t2"):
        print("blocked" if line in status else f"LEAK {line}")
""",
    "system calls that are filtered": """
import ctypes, platform
def double(x):
    libc, arm = ctypes.CDLL(None, use_errno=True), platform.machine() == "aarch64"
    calls = {"unshare": (272, 97), "memfd_create": (319, 279), "ptrace": (101, 117), "keyctl": (250, 219),
             "bpf": (321, 280), "io_uring_setup": (425, 425), "shmget": (29, 194), "setns": (308, 268),
             "mount": (165, 40)}
    for name, numbers in calls.items():
        refused = libc.syscall(numbers[arm], 0, 0, 0, 0, 0) == -1 and ctypes.get_errno() == 1
        print("blocked" if refused else "LEAK " + name)
    flags = 0x10000000 | 17
    child = libc.syscall(220 if arm else 56, flags, 0, 0, 0, 0)
    print("LEAK clone" if child >= 0 else "blocked")
""",
    "a program that runs as root": """
import os, subprocess
def double(x):
    for command in (["su", "-c", "id"], ["mount"], ["passwd"]):
        try: done = subprocess.run(command, capture_output=True, timeout=0.5, text=True, stdin=-3)
        except (OSError, subprocess.SubprocessError): print("blocked"); continue
        print("LEAK" if "uid=0" in done.stdout else "blocked")
""",
    "the submission before": """
import os
open("/tmp/planted", "w").write("x"); open("/dev/shm/planted", "w").write("x")
def double(x):
    print("LEAK" if len(os.listdir("/tmp")) > 1 or len(os.listdir("/dev/shm")) > 1 else "blocked")
""",
    "the line of another submission": WIRE
    + """
def double(x): print("LEAK" if len(lines()) != 1 else "blocked")
""",
}

ALL = {**SCORE, **PROCESS, **FLOODS, **ANSWERS, **REACH}
