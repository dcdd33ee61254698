# The wheel and everything it needs are built with the versions of constraints.txt;
# the image that runs holds no build tools and no sources.
FROM python:3.11.13-slim-bookworm AS build
WORKDIR /source
COPY pyproject.toml constraints.txt LICENSE README.md ./
COPY starter.py worker.py ./
COPY activities activities/
COPY cli cli/
COPY config config/
COPY domain domain/
COPY gateways gateways/
COPY messages messages/
COPY operations operations/
COPY persistence persistence/
COPY simulation simulation/
COPY workflows workflows/
RUN pip wheel --no-cache-dir --constraint constraints.txt --wheel-dir /wheels . \
    && python -m venv /opt/orderwright \
    && /opt/orderwright/bin/pip install --no-cache-dir --no-index \
        --find-links /wheels orderwright

FROM python:3.11.13-slim-bookworm
COPY --from=build /opt/orderwright /opt/orderwright
RUN useradd --system --uid 10001 --home-dir /var/lib/orderwright --create-home orderwright
ENV PATH=/opt/orderwright/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
WORKDIR /var/lib/orderwright
USER 10001
STOPSIGNAL SIGTERM
CMD ["python", "-m", "worker"]
