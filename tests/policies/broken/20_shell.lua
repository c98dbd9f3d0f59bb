#!/bin/bash
set -e
kill -TERM "$router_pid"
wait
