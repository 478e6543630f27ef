"""Unpacks of a TensorFlow wheel what the TF.js binding needs: unpack.py WHEEL FOLDER."""

import os
import shutil
import sys
import zipfile

LIBRARIES = ("tensorflow/libtensorflow_framework.so.2", "tensorflow/libtensorflow_cc.so.2")
INCLUDE = "tensorflow/include/"
HEADERS = ("tensorflow/c/", "tensorflow/core/platform/ctstring", "tsl/platform/ctstring", "tsl/c/")

wheel, folder = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for name in archive.namelist():
        if name in LIBRARIES:
            target = os.path.join("lib", os.path.basename(name))
        elif name.endswith(".h") and name.startswith(tuple(INCLUDE + header for header in HEADERS)):
            target = os.path.join("include", name[len(INCLUDE) :])
        else:
            continue
        path = os.path.join(folder, target)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with archive.open(name) as source, open(path, "wb") as out:  # zipfile checks the CRC-32 as it reads
            shutil.copyfileobj(source, out, 1 << 20)
