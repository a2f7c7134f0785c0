"""Makes the trainees' documents: real files, the same on every run, of the kinds that hurt.

Text in five encodings with every line ending there is, PDFs written byte by byte, and one file
the size of a short video. Names carry what names carry in real life: spaces, umlauts, plus signs.

    python documents.py FOLDER [--count 200] [--video-megabytes 50]
"""

import argparse
import hashlib
import random
from pathlib import Path

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom", "cp1252")
LINE_ENDINGS = ("\n", "\r\n", "\r")
SUBJECTS = (
    "Jahresabschluss", "protocole d’entretien", "naïve résumé", "meeting notes",
    "Größenordnung & Maße", "expense report", "señal de alarma", "reading list",
)  # fmt: skip
WORDS = (
    "the quick trainee wrote a long and careful sentence about invoices tides harbours "
    "façade coöperation smörgåsbord œuvre Straße ganzjährig élève piñata and then some more"
).split()


def text_of(chance, paragraphs):
    """Some paragraphs, with the trailing blanks and empty lines that people leave."""
    lines = []
    for _ in range(paragraphs):
        for _ in range(chance.randint(1, 6)):
            words = " ".join(chance.choice(WORDS) for _ in range(chance.randint(3, 14)))
            lines.append(words.capitalize() + chance.choice((".", ".  ", " \t", "!")))
        lines += [""] * chance.randint(1, 3)
    return "\n".join(lines)


def encode(text, encoding):
    """The bytes of `text`; `utf-16-be-bom` is what some old programs write."""
    if encoding == "utf-16-be-bom":
        return b"\xfe\xff" + text.encode("utf-16-be")
    if encoding == "cp1252":
        return text.encode("cp1252", errors="replace")
    return text.encode(encoding)


def pdf_of(lines):
    """A PDF 1.4 file of one page, by hand: objects, a cross-reference table, a trailer."""

    def escaped(line):
        plain = line.encode("ascii", errors="replace").decode()
        return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")

    shown = "\n".join(f"({escaped(line)}) Tj 0 -14 Td" for line in lines)
    content = f"BT /F1 11 Tf 56 780 Td\n{shown}\nET\n".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    file = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        file += b"%010d 00000 n \n" % offset
    file += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        start,
    )
    return bytes(file)


def write_video(path, megabytes):
    """A file the size of a short video that no compression makes smaller."""
    block = hashlib.sha256(b"tidemill").digest()
    with open(path, "wb") as file:
        file.write(b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")
        for number in range(megabytes):
            chance = random.Random(block + number.to_bytes(4, "big"))
            file.write(chance.randbytes(1024 * 1024))


def make(folder, count=200, video_megabytes=50):
    """Fills `folder` with `count` files and returns their paths, the video among the first."""
    folder = Path(folder)
    chance = random.Random(20_240_229)
    paths = []
    for number in range(count - 1):
        subject = chance.choice(SUBJECTS)
        team = folder / chance.choice(("finance", "people & culture", "field + office"))
        team.mkdir(parents=True, exist_ok=True)
        if number % 4 == 3:
            path = team / f"{number:03} {subject}.pdf"
            lines = text_of(chance, chance.randint(1, 4)).splitlines()
            path.write_bytes(pdf_of([f"{subject} {number}", *lines]))
        else:
            path = team / f"{number:03} {subject}.txt"
            paragraphs = chance.choice((0, 1, 1, 2, 5, 40, 400)) if number else 0
            text = text_of(chance, paragraphs).replace("\n", chance.choice(LINE_ENDINGS))
            path.write_bytes(encode(text, ENCODINGS[number % len(ENCODINGS)]))
        paths.append(path)
    video = folder / "field + office" / "site visit.mp4"
    video.parent.mkdir(parents=True, exist_ok=True)
    write_video(video, video_megabytes)
    paths.insert(min(10, len(paths)), video)
    return paths




if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--video-megabytes", type=int, default=50)
    arguments = parser.parse_args()
    made = make(arguments.folder, arguments.count, arguments.video_megabytes)
    total = sum(path.stat().st_size for path in made)
    print(f"{len(made)} files, {total:,} bytes, in {arguments.folder}")
