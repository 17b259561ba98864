#!/bin/sh
# LiteLLM's proxy, unmodified, on the port that is given: `sh probes/litellm/main.sh 4000`.
set -eu
cd "$(dirname "$0")"
# Nothing is fetched from the internet when it starts, nothing reported, and no database looked for.
export LITELLM_LOCAL_MODEL_COST_MAP=True LITELLM_LOCAL_ANTHROPIC_BETA_HEADERS=True LITELLM_LOCAL_BLOG_POSTS=True
export LITELLM_TELEMETRY_DISABLED=True DISABLE_ADMIN_UI=True LITELLM_LOG=ERROR
unset DATABASE_URL LITELLM_MASTER_KEY
exec .venv/bin/litellm --config config.yaml --host 127.0.0.1 --port "$1"
