#!/bin/sh
# The S3 gateway takes its keys from the environment alone: they are read from the mounted secrets here, and nowhere else.
set -eu
ROOT_ACCESS_KEY_ID=contender
ROOT_SECRET_ACCESS_KEY=$(cat /run/secrets/s3_secret)
export ROOT_ACCESS_KEY_ID ROOT_SECRET_ACCESS_KEY
mkdir -p /objects/contender
exec versitygw --port :7070 --health /health posix /objects
