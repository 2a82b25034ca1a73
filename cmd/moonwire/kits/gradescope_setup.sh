#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image. moonwire is one static program: there is nothing to install.
set -euo pipefail
cd "$(dirname "$0")"
chmod +x moonwire
./moonwire version
