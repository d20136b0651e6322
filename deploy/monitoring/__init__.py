"""What other tools watch and scale by: a Grafana dashboard, alerts for Prometheus, ScaledObjects for KEDA."""

from pathlib import Path

FOLDER = Path(__file__).parent
DASHBOARD = FOLDER / "grafana" / "complaint-intake.json"
ALERTS = FOLDER / "prometheus" / "alerts.yaml"
