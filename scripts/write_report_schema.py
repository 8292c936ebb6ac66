"""Write the JSON schema of report.json anew from the records: ``python scripts/write_report_schema.py``."""

from __future__ import annotations

import json
from pathlib import Path

from passgap.report import schema

if __name__ == "__main__":
    path = Path(schema.__file__).parent / "assets" / schema.NAME
    path.write_text(json.dumps(schema.schema_of_records(), indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    print(path)
