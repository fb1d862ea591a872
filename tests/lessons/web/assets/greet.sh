#!/bin/bash
echo "Welcome to $(hostname)."
