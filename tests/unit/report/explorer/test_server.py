"""The server shows the report and the explorer on the loopback interface, and no address reaches anything else."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from passgap.errors import StoreError
from passgap.report import StudyReport, write_reports
from passgap.report.explorer import Explorer
from passgap.report.explorer.server import LOOPBACK, serve_study


@pytest.fixture(scope="module")
def folder(report: StudyReport, explorer: Explorer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("study")
    write_reports(report, found, explorer)
    (found / "study.yaml").write_text("secret: yes")
    (found / "explorer-data" / "notes.txt").write_text("secret")
    (found / "explorer-data" / "99999.js").symlink_to(found / "study.yaml")
    (found / "artifacts").mkdir()
    (found.parent / "outside.html").write_text("secret")
    return found


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[ThreadingHTTPServer]:
    with serve_study(folder) as found:
        thread = threading.Thread(target=found.serve_forever, daemon=True)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def _ask(server: ThreadingHTTPServer, path: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict]:
    port = server.server_address[1]
    connection = http.client.HTTPConnection(LOOPBACK, port)
    connection.putrequest(method, path, skip_host=True)
    connection.putheader("Host", headers.pop("host", f"{LOOPBACK}:{port}"))
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    answer = connection.getresponse()
    body, said = answer.read(), {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return answer.status, body, said


def test_it_listens_on_the_loopback_interface_alone(server: ThreadingHTTPServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_report_explorer_and_data_are_shown_with_their_policy(server: ThreadingHTTPServer, folder: Path) -> None:
    for path, name in (("/", "report.html"), ("/explorer.html", "explorer.html"), ("/explorer-data/00002.js", None)):
        status, body, said = _ask(server, path)
        assert status == 200 and body == (folder / (name or "explorer-data/00002.js")).read_bytes()
        assert "default-src 'none'" in said["content-security-policy"]
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert said["x-content-type-options"] == "nosniff" and said["cross-origin-resource-policy"] == "same-origin"
    assert "script-src 'sha256-" in _ask(server, "/")[2]["content-security-policy"]
    assert _ask(server, "/report.json", "HEAD")[:2] == (200, b"")


@pytest.mark.parametrize(
    "path",
    [
        "/study.yaml", "/ledger.jsonl", "/artifacts/", "/explorer-data/", "/explorer-data/notes.txt",
        "/explorer-data/99999.js", "/report.html%00.js",
        "/../outside.html", "/explorer-data/../study.yaml", "/explorer-data/..%2fstudy.yaml", "/%2e%2e/outside.html",
        "//etc/passwd", "/explorer-data/00000.js/../../study.yaml", "/explorer-data\\..\\study.yaml",
        "http://127.0.0.1/study.yaml", "/explorer-data/./00000.js",
    ],
)  # fmt: skip
def test_no_other_file_can_be_had(server: ThreadingHTTPServer, path: str) -> None:
    status, body, _ = _ask(server, path)
    assert status == 404 and b"secret" not in body


def test_other_names_other_pages_and_other_methods_are_refused(server: ThreadingHTTPServer) -> None:
    assert _ask(server, "/", host="example.invalid")[0] == 421
    assert _ask(server, "/explorer-data/00000.js", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403
    assert (
        _ask(server, "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate", Sec_Fetch_Dest="document")[0] == 200
    )
    assert _ask(server, "/", "POST")[0] == 501


def test_without_a_report_there_is_nothing_to_view(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no report to view"):
        serve_study(tmp_path)


def test_a_taken_port_is_said(server: ThreadingHTTPServer, folder: Path) -> None:
    with pytest.raises(StoreError, match="cannot be listened on"):
        serve_study(folder, server.server_address[1])
