"""The first version of the Random File Exchange, written anew from what is known of it, with its faults.

It lists the whole folder for each request, holds whole files in memory, loses the file when a download breaks, and
leaves a temporary file behind for each one. Nothing of it is synced, and nobody is asked what they gave.
"""

import mimetypes
import os
import random
import sys
import tempfile
import uuid

from flask import Flask, jsonify, request, send_file
from flask_cors import CORS
from werkzeug.utils import secure_filename

POOL = os.environ.get("POOL", "pool")
ALLOWED = set(
    "txt pdf png jpg jpeg gif doc docx mp3 mp4 avi mov zip rar 7z py js html css json xml csv xlsx pptx".split()
)

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 50 * 1024 * 1024
CORS(app)
os.makedirs(POOL, exist_ok=True)


def extension_of(name):
    return name.rsplit(".", 1)[1].lower() if "." in name else "unknown"


def pool_files():
    return [name for name in os.listdir(POOL) if os.path.isfile(os.path.join(POOL, name))]


@app.route("/")
def page():
    return "<!doctype html><title>Random File Exchange</title>"


@app.route("/api/pool/stats")
def stats():
    names = pool_files()
    types = {extension_of(name) for name in names}
    return jsonify(
        file_count=len(names),
        total_size=sum(os.path.getsize(os.path.join(POOL, name)) for name in names),
        unique_types=len(types),
        file_types=sorted(types),
    )


@app.route("/api/upload", methods=["POST"])
def upload():
    file = request.files.get("file")
    if file is None:
        return jsonify(error="No file provided"), 400
    if file.filename == "":
        return jsonify(error="No file selected"), 400
    if extension_of(file.filename) not in ALLOWED:
        return jsonify(error="File type not allowed"), 400
    name = f"{uuid.uuid4().hex}_{secure_filename(file.filename)}"
    path = os.path.join(POOL, name)
    file.save(path)
    return jsonify(
        success=True,
        filename=name,
        original_filename=file.filename,
        size=os.path.getsize(path),
        mime_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
    )


@app.route("/api/download")
def download():
    names = pool_files()
    if not names:
        return jsonify(error="No files in the pool"), 404
    name = random.choice(names)
    path = os.path.join(POOL, name)
    with open(path, "rb") as file:
        content = file.read()
    with tempfile.NamedTemporaryFile(delete=False) as copy:
        copy.write(content)
    os.remove(path)
    return send_file(copy.name, as_attachment=True, download_name=name.split("_", 1)[1])


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]))
