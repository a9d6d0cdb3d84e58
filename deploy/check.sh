#!/bin/sh
# Checks what lies in this folder, without starting any of it: `make check-deploy` installs what it needs into the folder
# $1 and runs it. tests/it/deploy.rs has the rest: that settings, figures and paths that are named here are there.
set -eu
cd "$(dirname "$0")/.."
PATH="$PWD/$1/bin:$PATH"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Shows what a program said only where it went wrong.
quietly() {
  "$@" >"$scratch/said" 2>&1 || { cat "$scratch/said" >&2; echo "deploy: failed: $*" >&2; exit 1; }
}

echo "deploy: YAML"
quietly yamllint --strict -d '{extends: default, rules: {line-length: {max: 140}, document-start: disable,
  comments: {min-spaces-from-content: 1}, comments-indentation: disable, braces: {max-spaces-inside: 1}, truthy: {check-keys: false}}}' deploy

echo "deploy: systemd unit"
# Here the program may not be installed: the unit is read with one that is.
sed 's|^ExecStart=/usr/local/bin/guichet|ExecStart=/bin/true|' deploy/guichet.service >"$scratch/guichet.service"
# What it does not understand it passes over with a word and without an error.
systemd-analyze verify "$scratch/guichet.service" >"$scratch/said" 2>&1 || true
if grep 'guichet\.service' "$scratch/said" >&2; then exit 1; fi
# 20 stands for an exposure of 2.0 out of 10.
quietly systemd-analyze security --offline=yes --threshold=20 --no-pager "$scratch/guichet.service"

echo "deploy: Containerfile"
quietly hadolint deploy/Containerfile

echo "deploy: compose"
quietly check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
for name in $(grep -o '\${[A-Z0-9_]*' deploy/compose.yaml | tr -d '${' | sort -u); do
  grep -q "^$name=" deploy/compose.env.example || { echo "deploy: compose.env.example lacks $name" >&2; exit 1; }
done
if docker compose version >/dev/null 2>&1; then
  sed 's/=$/=word/' deploy/compose.env.example >"$scratch/env"
  quietly docker compose -f deploy/compose.yaml --env-file "$scratch/env" config --quiet
else
  echo "deploy:   docker compose is not here; the file was checked by its schema only"
fi
quietly sh -n deploy/compose/certificates.sh
quietly env XDG_DATA_HOME="$scratch" XDG_CONFIG_HOME="$scratch" \
  caddy validate --adapter caddyfile --config deploy/compose/Caddyfile

echo "deploy: Kubernetes"
for file in deploy/kubernetes/*.yaml; do
  name=$(basename "$file")
  case $name in kustomization.yaml | secrets.example.yaml) continue ;; esac
  grep -q "^  #\{0,1\} \{0,1\}- $name$" deploy/kubernetes/kustomization.yaml ||
    { echo "deploy: kustomization.yaml does not name $name" >&2; exit 1; }
done
kubectl kustomize deploy/kubernetes >"$scratch/kubernetes.yaml"
# Resources of operators (Cluster, ServiceMonitor) have no schema here.
quietly kubernetes-validate --strict --no-warn "$scratch/kubernetes.yaml" deploy/kubernetes/secrets.example.yaml

echo "deploy: Prometheus and Grafana"
quietly promtool check rules --lint-fatal deploy/prometheus/rules.yaml
quietly promtool test rules deploy/prometheus/rules.test.yaml
# The questions of the dashboard must be ones that Prometheus understands: they are read as rules.
python3 - deploy/grafana/guichet.json >"$scratch/dashboard.yaml" <<'END'
import json, sys
panels = json.load(open(sys.argv[1]))["panels"]
asked = [target["expr"].replace("$__rate_interval", "5m") for panel in panels for target in panel["targets"]]
rules = [{"record": f"dashboard:{at}", "expr": expr} for at, expr in enumerate(asked)]
json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, sys.stdout)
END
quietly promtool check rules --lint=none "$scratch/dashboard.yaml"
echo "deploy: in order"
