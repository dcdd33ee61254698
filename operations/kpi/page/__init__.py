"""The HTML report of KPIs: one file to read on a screen, to send and to print."""

from operations.kpi.page.page import KpiPage, page_html

__all__ = ["KpiPage", "page_html"]
