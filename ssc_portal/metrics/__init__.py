"""Figures for a monitoring system (Prometheus), on a port of their own that no visitor reaches.

Every process of the web server counts its requests into files below ``settings.METRICS_DIR``; one more process,
``python -m ssc_portal.metrics``, adds them up when it is asked, and looks into database and queue. Without
``SSC_METRICS_PORT`` nothing is counted and nothing listens.
"""
