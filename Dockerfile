# Build with the SDK, run without it, and not as root. The database is outside: see docker-compose.yml.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
ENV DOTNET_CLI_TELEMETRY_OPTOUT=1
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/ChatRelay.Protocol/ChatRelay.Protocol.csproj src/ChatRelay.Protocol/packages.lock.json src/ChatRelay.Protocol/
COPY src/ChatRelay.Server/ChatRelay.Server.csproj src/ChatRelay.Server/packages.lock.json src/ChatRelay.Server/
RUN dotnet restore src/ChatRelay.Server --locked-mode
COPY src src
COPY samples/web-chat samples/web-chat
RUN dotnet publish src/ChatRelay.Server -c Release --no-restore -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
WORKDIR /app
COPY --from=build /app .
# The folder holds the key ring and the first operator's key: it must outlive the container.
RUN install -d -o $APP_UID -g $APP_UID -m 0700 /data
VOLUME /data
# The base image names a port of its own; CHATRELAY_PORT is the one that counts.
ENV ASPNETCORE_HTTP_PORTS= CHATRELAY_BIND=0.0.0.0 CHATRELAY_PORT=8080 CHATRELAY_DATA=/data
EXPOSE 8080
USER $APP_UID
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["dotnet", "chatrelay-server.dll", "health"]
ENTRYPOINT ["dotnet", "chatrelay-server.dll"]
CMD ["up"]
