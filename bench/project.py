"""A hub project over the benchmark's files or its REST server, and the commands that run it."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Timing, run

PLUGIN = Path(__file__).parent / "plugin"

_FILES = """\
kind: files
folder: {folder}
streams:
  customers:
    files: "**/customers.csv"
    mode: incremental
    entities:
      - entity: customers
        fields:
          source_id: id
          source_updated_at: updated_at
          name: name
          email: email
          tax_id: vat_id
          industry: industry
          country: country
          created_at: created_at
  orders:
    files: "**/orders.csv"
    mode: incremental
    entities:
      - entity: orders
        fields:
          source_id: id
          source_updated_at: updated_at
          customer_source_id: customer_id
          ordered_at: ordered_at
          status: status
          currency: currency
          total: total
  order_lines:
    files: "**/order_lines.csv"
    mode: incremental
    entities:
      - entity: order_lines
        fields:
          source_id: id
          order_source_id: order_id
          product_source_id: sku
          sku: sku
          quantity: quantity
          unit_price: unit_price
          unit_cost: unit_cost
  stock:
    files: "**/stock.csv"
    mode: incremental
    entities:
      - entity: stock_levels
        fields:
          source_id: {{join: [sku, location]}}
          source_updated_at: updated_at
          product_source_id: sku
          location_source_id: location
          on_hand: on_hand
          unit_cost: unit_cost
          currency: {{const: EUR}}
"""

_RATES = """\
  fx_rates:
    files: fx_rates.csv
    entities:
      - entity: fx_rates
        fields:
          source_id: id
          base_currency: {const: EUR}
          currency: currency
          rate_on: rate_on
          rate: rate
"""


@dataclass(frozen=True)
class Project:
    """A folder with `config/` and `data/`. `plugins`: folder of plugins that count as installed; they cost every start
    something, so that only those have any who need them."""

    folder: Path
    plugins: Path | None = None

    def hub(self, *arguments: str, ok: tuple[int, ...] = (0,)) -> Timing:
        """One `hub` command as a process of its own."""
        command = [str(Path(sys.executable).with_name("hub")), *arguments]
        return run(command, cwd=self.folder, env={"PYTHONPATH": str(self.plugins)} if self.plugins else None, ok=ok)

    def put_delta(self, data: Path) -> None:
        """One row in a hundred comes again, changed, in further files."""
        shutil.copytree(data / "delta", self.folder / "data" / "delta", dirs_exist_ok=True)

    def forget(self) -> None:
        """Remove the database and the replica."""
        shutil.rmtree(self.folder / "var", ignore_errors=True)
        for path in self.folder.glob("hub.db*"):
            path.unlink()


def files_project(folder: Path, data: Path, store: str = "sqlite:///hub.db", *, rates: bool = False) -> Project:
    """A project that reads the CSV files of `bench.data`; with `rates`, the exchange rates that metrics need, too."""
    _config(folder, "files", _FILES.format(folder="data") + (_RATES if rates else ""), store)
    (folder / "data").mkdir()
    for path in data.glob("*.csv"):
        (folder / "data" / path.name).symlink_to(path)
    return Project(folder)


def rest_project(folder: Path, port: int, store: str = "sqlite:///hub.db") -> Project:
    """A project that reads `bench.rest_server` through the plugin in `bench/plugin`."""
    _config(folder, "rest", f"kind: bench_rest\nbase_url: http://127.0.0.1:{port}\n", store)
    return Project(folder, PLUGIN)


def _config(folder: Path, name: str, text: str, store: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    connectors = folder / "config" / "connectors"
    connectors.mkdir(parents=True)
    (folder / "config" / "hub.yaml").write_text(f"store: {store}\nreporting_currency: EUR\n", encoding="utf-8")
    (connectors / f"{name}.yaml").write_text(text, encoding="utf-8")
