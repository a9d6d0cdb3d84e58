# Everything here is thin: `cargo run --release` and `cargo test` do the same where PostgreSQL's server programs are
# installed, or DATABASE_URL is set.

VENV := target/test-venv
LINT := target/deploy-venv
AIOSMTPD := 1.4.6
MOTO := 5.2.5

.PHONY: run test demo check check-deploy bench deps test-deps help

run: deps ## build in release and start, with a database of its own and the demo country
	cargo run --release --

test: deps test-deps ## run every test, with a PostgreSQL of their own
	cargo test

demo: ## play the demo against the server that `make run` started in another shell
	cargo run --release -- demo

check: deps ## format, clippy with warnings denied, definitions
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	cargo run -- check

check-deploy: $(LINT)/ready ## what deploy/ holds: unit, container, compose, Kubernetes, alerts
	deploy/check.sh $(LINT)

bench: deps ## measure the engine on one thread, then requests over HTTP against PostgreSQL alone
	cargo bench --bench micro
	cargo bench --bench throughput

help: ## show this
	@sed -n 's/^\([a-z-]*\):[^#]*## /  make \1\t/p' Makefile

# Installs the Debian packages $(1), which are for $(2), as root or through sudo; without the right to, prints the
# command and stops.
define install
	as=; test "$$(id -u)" = 0 || as=sudo; \
	if ! command -v apt-get >/dev/null; then \
	  echo "$(2): install what Debian calls $(1), then run make again." >&2; exit 1; \
	elif [ -z "$$as" ] || sudo -n true 2>/dev/null || { [ -t 0 ] && command -v sudo >/dev/null && sudo -v; }; then \
	  echo "installing $(2) (apt-get install -y $(1))"; \
	  $$as apt-get update -q && $$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -q $(1) || exit 1; \
	else \
	  echo "$(2) is missing. Install it, then run make again:" >&2; \
	  echo "  sudo apt-get update && sudo apt-get install -y $(1)" >&2; exit 1; \
	fi
endef

# The same search as the launcher's: PG_BIN_DIR alone where set, else PATH and Debian's folders.
deps:
	@command -v cargo >/dev/null || { \
	  echo "Rust is missing: see https://rustup.rs, or curl -sSf https://sh.rustup.rs | sh" >&2; exit 1; }
	@command -v cc >/dev/null || { \
	  echo "A C compiler is missing: sudo apt-get install -y build-essential" >&2; exit 1; }
	@test -n "$$DATABASE_URL" || { \
	  IFS=:; set -f; dirs=$${PG_BIN_DIR:-$$PATH}; set -- $$dirs; unset IFS; set +f; \
	  test -n "$$PG_BIN_DIR" || set -- "$$@" /usr/lib/postgresql/*/bin; \
	  for dir do test -x "$$dir/postgres" && test -x "$$dir/initdb" && exit 0; done; \
	  test -z "$$PG_BIN_DIR" || { echo "PG_BIN_DIR ($$PG_BIN_DIR) lacks postgres and initdb." >&2; exit 1; }; \
	  $(call install,postgresql,PostgreSQL); }

# An SMTP server and an S3 server for the tests that send e-mail and keep documents in a bucket.
HAS := $(VENV)/aiosmtpd-$(AIOSMTPD)-moto-$(MOTO)
test-deps: $(HAS)

$(HAS):
	@command -v curl >/dev/null || { $(call install,curl,curl); }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { $(call install,python3-venv,Python with venv); }
	@rm -rf $(VENV) && python3 -m venv $(VENV)
	@$(VENV)/bin/pip install --quiet --disable-pip-version-check \
	  aiosmtpd==$(AIOSMTPD) 'moto[s3,server]'==$(MOTO) || { \
	  echo "pip could not install the servers of the tests: is PyPI reachable?" >&2; exit 1; }
	@touch $@

# Programs that Debian has in packages which would start a server, or more: the file alone is taken out of them.
define take
	command -v $(2) >/dev/null && exit 0; \
	command -v apt-get >/dev/null || { echo "$(2) is missing: install it, then run make again." >&2; exit 1; }; \
	cd $(LINT) && echo "taking $(2) out of Debian's $(1)"; \
	apt-get download -q $(1) >/dev/null 2>&1 || { \
	  as=; test "$$(id -u)" = 0 || as=sudo; $$as apt-get update -q && apt-get download -q $(1); } || exit 1; \
	dpkg-deb --fsys-tarfile $(1)_*.deb | tar -x -O ./usr/bin/$(2) > bin/$(2) && \
	  test -s bin/$(2) && chmod +x bin/$(2) && rm -f $(1)_*.deb
endef

$(LINT)/ready: deploy/linters.txt
	@command -v systemd-analyze >/dev/null || { $(call install,systemd,systemd-analyze); }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { $(call install,python3-venv,Python with venv); }
	@rm -rf $(LINT) && python3 -m venv $(LINT)
	@$(LINT)/bin/pip install --quiet --disable-pip-version-check -r deploy/linters.txt || { \
	  echo "pip could not install the linters: is PyPI reachable?" >&2; exit 1; }
	@$(call take,prometheus,promtool)
	@$(call take,kubernetes-client,kubectl)
	@touch $@
