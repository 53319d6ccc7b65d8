# One image for every process; docker-compose.yml says which one a container runs.
FROM python:3.11-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends g++ cmake make git && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt requirements-nodeps.txt requirements-llm.txt ./
ARG WITH_LLM=1
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir -r requirements.txt \
    && /venv/bin/pip install --no-cache-dir --no-deps -r requirements-nodeps.txt
RUN if [ "$WITH_LLM" = 1 ]; then CMAKE_ARGS="-DGGML_NATIVE=OFF" /venv/bin/pip install --no-cache-dir -r requirements-llm.txt; fi

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 mediarec && mkdir /data && chown mediarec /data
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=mediarec . .
ENV PATH=/venv/bin:$PATH MEDIAREC_HOME=/data MEDIAREC_HOST=0.0.0.0 MEDIAREC_OPEN_BROWSER=0 PYTHONUNBUFFERED=1
# As in mediarec/offline.py, for the container that runs nothing of ours.
ENV ORT_DISABLE_TELEMETRY=1 HF_HUB_DISABLE_TELEMETRY=1 DISABLE_TELEMETRY=1 DO_NOT_TRACK=1
USER mediarec
VOLUME /data
EXPOSE 8333
CMD ["uvicorn", "mediarec.asgi:application", "--host", "0.0.0.0", "--port", "8333", "--lifespan", "off"]
